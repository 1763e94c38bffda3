"""Referrals (转办): states, who may take which step, and when an undelivered one is tried again."""

from datetime import timedelta

SENT, ACCEPTED, RETURNED, DONE, RECALLED = "sent", "accepted", "returned", "done", "recalled"
STATES = {SENT: "已转办", ACCEPTED: "部门已受理", RETURNED: "部门已退回", DONE: "已办结", RECALLED: "已撤回"}

ACCEPT, RETURN, FINISH, RESEND, RECALL, REASSIGN = "accept", "return", "done", "resend", "recall", "reassign"
STEPS = {ACCEPT: ((SENT,), ACCEPTED), RETURN: ((SENT, ACCEPTED), RETURNED), FINISH: ((SENT, ACCEPTED), DONE),
         RESEND: ((RETURNED,), SENT), RECALL: ((SENT,), RECALLED), REASSIGN: ((SENT, ACCEPTED), SENT)}  # fmt: skip
CHAIN = {ACCEPT: "referral_accepted", RETURN: "referral_returned", FINISH: "referral_done", RESEND: "referral_resent",
         RECALL: "referral_recalled", REASSIGN: "referral_reassigned"}  # fmt: skip
ANSWERS = {"accepted": ACCEPT, "returned": RETURN, "done": FINISH}

WAITING, DELIVERED, DEAD, CANCELLED = "waiting", "delivered", "dead", "cancelled"
BACKOFF = tuple(timedelta(seconds=s) for s in (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400))
TRIES = len(BACKOFF) + 1
"""Ten tries over three days, the schedule of Standard Webhooks; then a dead letter, replayed by hand."""


def refusal(state: str, step: str) -> tuple[str, str] | None:
    """``(code, sentence)`` when the referral's state does not admit the step."""
    if state in STEPS[step][0]:
        return None
    return "wrong-state", f"这件转办现为“{STATES[state]}”，不能进行这一步。"


def wait_after(attempts: int) -> timedelta | None:
    """How long until the next try after so many; None when there is none."""
    return BACKOFF[attempts - 1] if attempts < TRIES else None
