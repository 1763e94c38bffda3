"""Referrals (转办): to the department a duty belongs to, with 首问负责, and its answer back."""
