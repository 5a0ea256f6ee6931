// Package constants has the port of DHCP.
package constants

const PortDHCP = 67
