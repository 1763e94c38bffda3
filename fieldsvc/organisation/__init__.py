"""The network (组织网络): posts against their set numbers, double management, joint meetings, what a plan set out to reach."""
