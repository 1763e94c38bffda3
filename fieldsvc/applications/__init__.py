"""Applications (申请): 一次申请、分类审核认定. The rules propose, an officer confirms or overrides with a reason; both stay."""
