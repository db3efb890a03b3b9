"""What a list is asked for, in the filter language of AIP-160 and in typed fields, as an expression."""
