"""fieldsvc: home visits, 分层分类 social assistance, alerts and referrals for one county."""

__version__ = "0.1.0"
