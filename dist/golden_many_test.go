package dist

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/dist/stream"
)

// TestManySamplesAreFrozen hashes thousands of samples of each family, so that a
// platform that rounds one of them elsewhere, or rejects one that others accept,
// is found out. .ci/run runs it on several.
func TestManySamplesAreFrozen(t *testing.T) {
	for _, g := range []struct{ distribution, want string }{
		{"between 0.1s and 3.3s", "b8090242cccd652d"},
		{"exponential 2s", "bb2792858eb22543"},
		{"gamma 2s cv 0.3", "cc6aa34c8796c272"},
		{"gamma 30s cv 1", "a5d015f83b7dbf30"},
		{"gamma 30s cv 2", "ccd3fe5faf2ab180"},
		{"gamma 30s cv 3", "19dde5c04c43bb0b"},
		{"gamma 876000h cv 0.7", "19603c5cfe85dec2"},
		{"lognormal 2s cv 0.4", "6f01882a65e8d993"},
		{"lognormal 876000h cv 3", "2c4026502edad8a4"},
		{"weibull 2s shape 0.3", "5e69eb22a29a2432"},
		{"weibull 2s shape 0.7", "ecb5f2bba24f7eff"},
		{"weibull 2s shape 3.7", "6c6414259f41a90e"},
		{"pareto 2s alpha 1.5", "890f7a35a340e45c"},
		{"pareto 2s alpha 3.1", "0a5b319cdf16fcef"},
	} {
		d, err := Parse(g.distribution)
		require.NoError(t, err)
		require.Equal(t, g.want, hashOf(d), g.distribution)
	}
	odd, err := NewEmpirical([]time.Duration{1, 3333333333, 7777777777, time.Hour + 1})
	require.NoError(t, err)
	require.Equal(t, "f6d5de87f325540d", hashOf(odd), odd)
}

// hashOf is that of many samples and equilibria.
func hashOf(d Distribution) string {
	sum, src := sha256.New(), stream.Key{Seed: 1, Purpose: stream.Think, User: 2}.Source()
	for range 20_000 {
		age, residual := Equilibrium(d, &src)
		write(sum, d.Sample(&src), age, residual)
	}
	return fmt.Sprintf("%x", sum.Sum(nil)[:8])
}

func write(sum hash.Hash, durations ...time.Duration) {
	for _, d := range durations {
		var b [8]byte
		binary.BigEndian.PutUint64(b[:], uint64(d))
		sum.Write(b[:])
	}
}
