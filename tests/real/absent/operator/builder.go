// Package operator is the web service's way to build in a cluster, without one.
package operator

import (
	"errors"

	"github.com/kairos-io/AuroraBoot/pkg/builder"
	"github.com/kairos-io/AuroraBoot/pkg/store"
	"k8s.io/client-go/rest"
)

type Config struct {
	RESTConfig    *rest.Config
	Namespace     string
	Store         store.ArtifactStore
	AuroraBootURL string
}

type Builder struct{ builder.ArtifactBuilder }

func New(Config) (*Builder, error) { return nil, errors.New("compiled without the Kairos operator") }

func (b *Builder) WithLogBroadcaster(builder.LogBroadcaster) *Builder { return b }
