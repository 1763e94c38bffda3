"""What-if (政策试算): every household whose result a changed parameter would change, before anything is changed."""
