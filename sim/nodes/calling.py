"""In which mode a gateway calls: its dial plan's, unless its own is fixed, as far as its model can."""

from __future__ import annotations

from sim.scenario import products
from sim.scenario.nodes import IpGateway
from sim.security.modes import MODES, Mode


def calling_mode(gateway: IpGateway, plan_mode: Mode) -> Mode:
    """The mode in which a gateway calls under a dial plan.

    A model without SRTP or TLS does without (ours): that is another mode than the plan's, and UM refuses it.
    """
    mode = MODES[gateway.signalling] if gateway.signalling else plan_mode
    model = products.gateway_model(gateway.model)
    able = [
        each
        for each in MODES.values()
        if (model.supports_tls or not each.signalling_secured) and (model.supports_srtp or each.media != "srtp")
    ]
    return mode if mode in able else able[-1]
