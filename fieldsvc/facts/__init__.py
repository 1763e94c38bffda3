"""Facts (情况): what is known of a person or household; value, as-of date, source. Rules read these and never a form."""
