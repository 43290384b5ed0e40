package page

import (
	"encoding/json"
	"math/rand/v2"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/internal/say"
)

// The live page and every report say the same value in the same way: random
// values of all sizes, through assets/format.js and through package say.
func TestThePageSpeaksWithTheVoiceOfReports(t *testing.T) {
	if testing.Short() {
		t.Skip("starts node")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node runs the page's code here, and is not installed")
	}
	r, values := rand.New(rand.NewPCG(3, 4)), []float64{0, 1, 9.994, 9.995, 9.996, 99.94, 99.95, 1234.5, .9994, .9996, 1e-9, .00012}
	for range 500 {
		values = append(values, float64(r.IntN(1_000_000))/[]float64{1, 10, 100, 1e4, 1e6, 1e8}[r.IntN(6)])
	}
	want := make([][4]string, len(values))
	for i, v := range values {
		want[i] = [4]string{say.Number(v), say.Share(v), say.Bytes(1000 * v), say.Change(v - 1)}
	}
	in, err := json.Marshal(values)
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), node, "--input-type=module", "-e",
		`import * as f from "./assets/format.js"; console.log(JSON.stringify(`+string(in)+`.map((v) => [f.short(v), f.percent(v), f.bytes(1000 * v), f.change(v, 1)])))`)
	out, err := cmd.Output()
	require.NoError(t, err)
	var got [][4]string
	require.NoError(t, json.Unmarshal(out, &got))
	for i, v := range values {
		assert.Equal(t, want[i], got[i], "%v", v)
	}
}
