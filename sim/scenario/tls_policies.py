"""Names of TLS policies, as a scenario gives them."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import BeforeValidator

TLS_VERSIONS: Final = {"1.0": "exchange2007", "1.3": "modern"}
"""Versions that stand for a policy; the policy of TLS 1.2 is called 1.2."""


def _policy_of(value: object) -> object:
    return TLS_VERSIONS.get(value, value) if isinstance(value, str) else value


TlsPolicyName = Annotated[
    Literal["1.2", "exchange2007", "teams_direct_routing", "modern", "post_quantum"],
    BeforeValidator(
        _policy_of,
        json_schema_input_type=Literal[
            "1.0", "1.2", "1.3", "exchange2007", "teams_direct_routing", "modern", "post_quantum"
        ],
    ),
]
