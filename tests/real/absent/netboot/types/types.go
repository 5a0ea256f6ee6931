// Package types has what is served, as far as AuroraBoot names it.
package types

type ID string

type Spec struct {
	Kernel  ID
	Initrd  []ID
	Cmdline string
}

type Booter interface{}
