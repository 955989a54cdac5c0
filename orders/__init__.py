"""Every rule of an order, from preview to delivered parcel."""
