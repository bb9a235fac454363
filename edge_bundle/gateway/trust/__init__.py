"""Whether a bundle may be used on this device: verified, admitted, tried and proved before it scores."""
