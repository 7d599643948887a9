"""Commands about cryptography: what it costs here, and what verifiers say of a certificate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.terminal import reporting, terminal


def calibrate(
    output: Annotated[Path, typer.Argument(help="Cost profile to write (JSON).")] = Path("cost_profile.json"),
    quick: Annotated[bool, typer.Option("--quick", help="Fewer rounds: done in less than a minute.")] = False,
    compared: Annotated[
        tuple[str, str] | None,
        typer.Option("--compare", metavar="A B", help="Measure nothing: tell what differs between two profiles."),
    ] = None,
) -> None:
    """Measure what cryptography costs on this machine, for `crypto: {costs: FILE}` (docs/crypto.md)."""
    with reporting():
        console = terminal()
        if compared is not None:
            from sim.report.crypto_table import comparison_table  # noqa: PLC0415
            from sim.security.cost_profile import load  # noqa: PLC0415

            console.print(comparison_table(load(compared[0]), load(compared[1])))
            return
        from sim.report.progress import progress_bar  # noqa: PLC0415
        from sim.security.calibration import FULL, QUICK  # noqa: PLC0415
        from sim.security.calibration import calibrate as measure  # noqa: PLC0415

        with progress_bar(console, labelled=True) as progress:
            profile = measure(QUICK if quick else FULL, lambda what, share: progress(share, what), output.stem)
        profile.save(output)
        for warning in profile.warnings:
            console.print(f"warning: {warning}", markup=False)
        console.print(f"cost profile of {profile.cpu}: {output}", markup=False, soft_wrap=True)


def crypto(
    profile: Annotated[str, typer.Argument(help="Cost profile: the name of one that comes along, or a path.")] = (
        "reference"
    ),
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Page to write; results/crypto-NAME.html if not given.")
    ] = None,
) -> None:
    """Show what cryptography costs by a cost profile, and write it as a page with figures (docs/crypto.md)."""
    with reporting():
        from sim.report.crypto_page import write_crypto_page  # noqa: PLC0415
        from sim.report.crypto_table import crypto_tables  # noqa: PLC0415
        from sim.security import cost_profile  # noqa: PLC0415

        loaded = cost_profile.load(profile)
        console = terminal()
        console.print(crypto_tables(loaded))
        console.print(f"report: {write_crypto_page(loaded, output)}", markup=False, soft_wrap=True)


def verify(  # noqa: PLR0913, PLR0917 - the options of the command
    certificate: Annotated[Path, typer.Argument(help="PEM, DER or PKCS#12; issuers behind it are sent along.")],
    trusted: Annotated[Path, typer.Option("--trust", help="Trusted roots, PEM or DER.", show_default=False)],
    at: Annotated[str | None, typer.Option(help="Instant, such as 2027-03-15T00:00:00Z; now if not given.")] = None,
    key: Annotated[Path | None, typer.Option(help="Private key that must be the certificate's.")] = None,
    password: Annotated[str | None, typer.Option(envvar="UMTWIN_PASSWORD", help="Of the key or PKCS#12 file.")] = None,
    usage: Annotated[str, typer.Option(help="Extended key usage demanded: serverAuth or clientAuth.")] = "serverAuth",
    name: Annotated[str | None, typer.Option(help="FQDN demanded among its names.")] = None,
) -> None:
    """Tell whether a certificate of yours would be accepted at an instant, in the opinion of two verifiers."""
    with reporting():
        from sim.errors import FindingsError  # noqa: PLC0415
        from sim.report.opinions import instant, opinions_table  # noqa: PLC0415
        from sim.security.verification import verify as verify_files  # noqa: PLC0415

        judged_at = instant(at)
        found = verify_files(certificate, trusted, judged_at, key=key, password=password, usage=usage, fqdn=name)
        terminal().print(opinions_table(found, judged_at))
        if not (found.openssl.accepted and found.second.accepted):
            raise FindingsError(f"{certificate}: not accepted by both verifiers")
