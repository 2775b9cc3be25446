"""What commands answer, as neutral replies. Pure: data in, a Reply out."""
