package cli

import (
	"net"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/httpclient"
)

func TestUnreachable(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	web, err := httpclient.New(httpclient.Config{Host: "http://" + listener.Addr().String()})
	require.NoError(t, err)
	defer web.Close()
	assert.Empty(t, unreachable(t.Context(), web))
	require.NoError(t, listener.Close())
	assert.Equal(t, "connect: refused", unreachable(t.Context(), web))
}
