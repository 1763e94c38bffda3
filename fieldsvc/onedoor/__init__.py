"""The one door (一门受理): which items each township has joined (分批次纳入), and what is done in one go (一次办好)."""
