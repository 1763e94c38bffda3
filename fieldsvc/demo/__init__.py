"""A day in a synthetic township (样例镇): made-up people under Jiaozhou's rules."""
