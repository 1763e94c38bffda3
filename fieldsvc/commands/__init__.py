"""One file per command group. They are imported only when called, so ``--help`` is quick and ``run`` can prepare first."""
