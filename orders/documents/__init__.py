"""Invoices, credit notes, packing lists and labels, as PDF."""
