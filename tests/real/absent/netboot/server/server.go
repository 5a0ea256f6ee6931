// Package server has a PXE server that does not start.
package server

import (
	"errors"

	"github.com/kairos-io/netboot/types"
)

type Server struct {
	Log, Debug func(subsystem, msg string)
	HTTPPort   int
	DHCPNoBind bool
	Address    string
	Booter     types.Booter
}

func (s *Server) SetDefaultFirmwares() {}

func (s *Server) Serve() error { return errors.New("compiled without PXE") }
