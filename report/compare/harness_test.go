package compare

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/claim"
	"github.com/gensim/load-generator/report/record"
)

// recorded makes a run of phases of 20 requests a second, each in a transaction; each phase is as much
// slower than 20 ms as told, and each run is slower or faster as a whole.
func recorded(seed uint64, seconds int, phases map[string]float64, names ...string) *report.Summary {
	var infos []report.PhaseInfo
	random := rand.New(rand.NewPCG(seed, 3))
	mood := math.Exp(.2 * random.NormFloat64())
	for i, name := range names {
		start := time.Duration(i*seconds) * time.Second
		infos = append(infos, report.PhaseInfo{Name: name, Start: start, End: start + time.Duration(seconds)*time.Second, RampEnd: start, Settle: 5 * time.Second, Model: "closed", Users: 10})
	}
	r := record.New(record.Config{Phases: infos, Shards: 1})
	for i, name := range names {
		for n := range seconds * 20 {
			at := infos[i].Start + time.Duration(n)*50*time.Millisecond
			took := time.Duration(20e6 * mood * phases[name] * math.Exp(.3*random.NormFloat64()))
			r.Shard(0).Record(&record.Sample{Op: report.Op{Method: "GET", Name: "/a"}, Intended: at, Woken: at, Sent: at, Done: at + took})
			r.Shard(0).Of(report.SortTransaction).Record(&record.Sample{Op: report.Op{Name: "checkout"}, Intended: at, Woken: at, Sent: at, Done: at + 2*took})
		}
	}
	return r.Summary(record.Meta{Name: "shop", Seed: seed, PlanDigest: fmt.Sprint("plan", seed), Streams: 1,
		Start: time.Unix(1e9+int64(seed)*1000, 0), End: time.Duration(len(names)*seconds) * time.Second})
}

func repeated(n int) (out []Run) {
	for i := range n {
		sum := recorded(uint64(i+1), 60, tenth, "baseline", "intervention")
		out = append(out, Run{fmt.Sprintf("run%d.json", i+1), sum})
	}
	return out
}

func claims(t *testing.T, texts ...string) claim.List {
	list, err := claim.ParseAll(texts...)
	require.NoError(t, err)
	return list
}

// written checks what must hold for every form of an answer.
func written(t *testing.T, a *Result) (text, md string) {
	t.Helper()
	var x, m, j strings.Builder
	require.NoError(t, a.WriteText(&x))
	require.NoError(t, a.WriteMarkdown(&m))
	require.NoError(t, a.WriteJSON(&j))
	assert.NotContains(t, x.String()+m.String()+j.String(), "NaN")
	assert.True(t, json.Valid([]byte(j.String())))
	return x.String(), m.String()
}
