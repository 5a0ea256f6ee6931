// Package booters has no booter.
package booters

import (
	"errors"

	"github.com/kairos-io/netboot/types"
)

func StaticBooter(*types.Spec) (types.Booter, error) { return nil, errors.New("compiled without PXE") }
