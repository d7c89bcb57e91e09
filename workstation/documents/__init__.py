"""Documents as plain text: plain, HTML, RTF and C-CDA; images and PDFs stay bytes."""
