"""Case conferences (个案会商) and what a township sends up to the county's coordination mechanism (困难群众基本生活保障工作协调机制)."""
