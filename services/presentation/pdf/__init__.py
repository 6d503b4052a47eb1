"""Our own small writer of PDFs: pictures with their words, written page after page as they are made."""
