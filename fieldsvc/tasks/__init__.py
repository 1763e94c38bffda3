"""Tasks (任务) that rules and schedules give a worker: facts to ask for, visits that fall due."""
