"""Referrals (转办): states, who may take which step."""


SENT, ACCEPTED, RETURNED, DONE, RECALLED = "sent", "accepted", "returned", "done", "recalled"
STATES = {SENT: "已转办", ACCEPTED: "部门已受理", RETURNED: "部门已退回", DONE: "已办结", RECALLED: "已撤回"}

ACCEPT, RETURN, FINISH, RESEND, RECALL, REASSIGN = "accept", "return", "done", "resend", "recall", "reassign"
STEPS = {ACCEPT: ((SENT,), ACCEPTED), RETURN: ((SENT, ACCEPTED), RETURNED), FINISH: ((SENT, ACCEPTED), DONE),
         RESEND: ((RETURNED,), SENT), RECALL: ((SENT,), RECALLED), REASSIGN: ((SENT, ACCEPTED), SENT)}  # fmt: skip
CHAIN = {ACCEPT: "referral_accepted", RETURN: "referral_returned", FINISH: "referral_done", RESEND: "referral_resent",
         RECALL: "referral_recalled", REASSIGN: "referral_reassigned"}  # fmt: skip
ANSWERS = {"accepted": ACCEPT, "returned": RETURN, "done": FINISH}

WAITING, DELIVERED, CANCELLED = "waiting", "delivered", "cancelled"


def refusal(state: str, step: str) -> tuple[str, str] | None:
    """``(code, sentence)`` when the referral's state does not admit the step."""
    if state in STEPS[step][0]:
        return None
    return "wrong-state", f"这件转办现为“{STATES[state]}”，不能进行这一步。"
