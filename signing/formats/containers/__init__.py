"""Files that hold signed files: ASiC, mail, plain zip, winmail.dat."""
