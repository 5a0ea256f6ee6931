// Package dhcp4 has DHCP's packets, as far as AuroraBoot names them, and no network.
package dhcp4

import (
	"errors"
	"net"
)

type (
	Option      byte
	MessageType byte
	Options     map[Option][]byte
	Conn        struct{}
	Packet      struct {
		Type                              MessageType
		TransactionID                     []byte
		HardwareAddr                      net.HardwareAddr
		ClientAddr, RelayAddr, ServerAddr net.IP
		BootServerName, BootFilename      string
		Options                           Options
	}
)

const (
	MsgDiscover                MessageType = 1
	MsgOffer                   MessageType = 2
	OptServerIdentifier        Option      = 54
	OptVendorIdentifier        Option      = 60
	OptClientSystem            Option      = 93
	OptUidGuidClientIdentifier Option      = 97
)

func (m MessageType) String() string { return "message" }

func NewSnooperConn(string) (*Conn, error) { return nil, errors.New("compiled without PXE") }

func (c *Conn) Close() error { return nil }

func (c *Conn) RecvDHCP() (*Packet, *net.Interface, error) {
	return nil, nil, errors.New("compiled without PXE")
}

func (c *Conn) SendDHCP(*Packet, *net.Interface) error { return errors.New("compiled without PXE") }
