"""What nodes log."""

from __future__ import annotations

from typing import Final

EVENTS: Final = {
    "service_started": "a node's service began; 1112 where a UM server began in secured mode",
    "certificate_in_use": "the certificate that a UM server chose at its start, 1114; or that its call router presents",
    "certificate_installed": "a node got a certificate with its private key",
    "certificate_expires": "a UM server's certificate expires soon, or has expired",
    "certificate_revoked": "an authority put a certificate on its CRL",
    "revocation_refused": "a certificate could not be revoked: no authority issued it",
    "root_imported": "a node trusts one more root",
    "export_failed": "a certificate to be imported elsewhere does not exist",
    "dial_plan_changed": "a dial plan got another mode",
    "connection_refused": "a UM server, 1113, or its call router was told that no connection came about",
    "handshake_failed": "a UM server, 1113, or its call router was told that a handshake failed",
    "node_down": "a node went down, or its service stopped to start anew",
    "node_up": "a node came up",
    "flood_started": "an attacker began",
    "flood_stopped": "an attacker ended",
    "play_on_phone_failed": "a Client Access server was told that Play on Phone met a refused connection; 1083",
    "restart_due": "a UM server runs in another mode than it is configured for, until its service restarts",
    "product_unsupported": "a UM server started whose product is no longer supported",
    "command_refused": "a command was refused and changed nothing",
    "server_added": "a UM server joined a dial plan",
    "server_removed": "a UM server left a dial plan",
    "server_upgraded": "a UM server runs another product",
    "dial_plan_created": "a dial plan was created; it has no servers yet",
    "dial_plan_read": "the mode of a dial plan was read, as it is configured; a warning where it is not in force yet",
    "recycler_config_edited": "StartSecured was edited at a UM server",
    "connectivity_ok": "a UM server answered a call from itself",
    "connectivity_failed": "a UM server did not answer a call from itself",
    "link_in_clear": "UM servers reach a Mailbox server or domain controller without encryption",
    "request_denied": "an authority refused a request: it names another host",
    "root_removed": "a node trusts one root less",
    "request_generated": "a node made a request for a certificate",
    "certificate_issued": "an authority answered a request; the certificate is not installed yet",
    "issue_failed": "there was no request to answer",
    "install_failed": "there was no issued certificate to install",
    "gateway_listed": "the directory has a new UM IP gateway",
    "gateway_removed": "the directory has lost a UM IP gateway",
    "trusted_list_passed": "a UM service passed FQDNs and its certificate's issuer and serial number to what decides",
    "gateway_changed": "a UM IP gateway got another port or address",
    "attack_started": "an attacker went for a gateway's administration",
    "gateway_taken_over": "an attacker administers a gateway, and has put it out of service",
    "status_changed": "a UM server or UM IP gateway got another status",
    "hunt_group_changed": "a UM hunt group was created or removed",
    "call_rejected": "a UM server, 1021, or its call router rejected a call before its hunt group was asked for",
    "message_queue_full": "a UM server refused a call: it keeps as many messages for Hub Transport as it may",
    "service_failed": "a UM service did not start: a dial plan has more UM IP gateways than its product takes",
    "caller_cut_off": "callers of Outlook Voice Access were cut off after wrong PINs, told once an hour; 1013",
    "mailbox_locked": "callers found a mailbox locked after wrong PINs, or locked it, told once an hour; 1012",
    "worker_recycled": "a new worker process of a UM server takes the new calls",
    "options_unanswered": "a peer left the OPTIONS of a UM server or UM IP gateway unanswered; of UM 1400 or 1088",
    "message_waiting_failed": "a UM server could not tell a UM IP gateway that a voice message waits; 1344",
    "options_answered": "a peer answers OPTIONS again",
    "server_demoted": "a UM IP gateway tries a UM server last: it has not answered OPTIONS for long",
    "server_restored": "a UM IP gateway tries a UM server in its turn again",
}
"""Names of events, with what they say and their id in the Windows application log where a source gives one."""

WINDOWS_EVENT_IDS: Final = (1112, 1113, 1114, 1083, 1021, 1012, 1013, 1400, 1088, 1344)

EVENT_LEVELS: Final = ("information", "warning", "error")
