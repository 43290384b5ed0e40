package loadtest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/loadgen/loadtest"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/scenario"
	"github.com/gensim/load-generator/scenario/feed"
)

// TestTheLoadOfComingFrom: what docs/coming-from.md has for those who come from other tools runs as it says.
func TestTheLoadOfComingFrom(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long")
	}
	var names strings.Builder
	fmt.Fprintln(&names, "name")
	for i := range 40 {
		fmt.Fprintf(&names, "customer %d\n", i)
	}
	synctest.Test(t, func(t *testing.T) {
		target := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(20 * time.Millisecond)
			_, _ = io.WriteString(w, "{}")
		})
		web, err := httpclient.New(httpclient.Config{Host: "http://shop", Base: httpclient.Handler(target)})
		require.NoError(t, err)
		defer web.Close()
		customers, err := feed.ReadCSV("customers.csv", strings.NewReader(names.String()), feed.Once)
		require.NoError(t, err)
		sum := loadtest.Run(t, shop(web, customers), "GET /items p95 < 80ms", "failures < 1%")
		day := &sum.Phases[0]
		assert.EqualValues(t, 720, day.EndS)
		assert.Equal(t, []int{40, 10}, []int{day.Kinds[0].Users, day.Kinds[1].Users})

		customers, err = feed.ReadCSV("customers.csv", strings.NewReader("name\nada\n"), feed.Once)
		require.NoError(t, err)
		_, err = shop(web, customers).Run(t.Context())
		require.ErrorContains(t, err, "customers.csv has 1 row", "more buyers than customers")
	})
}

type browser struct{ web *httpclient.Client }

func (b browser) list(ctx context.Context) error { return b.web.Get(ctx, "/items").Err() }
func (b browser) Tasks() []scenario.Task {
	return []scenario.Task{{Name: "list", Weight: 1, Do: b.list}}
}

type buyer struct {
	web  *httpclient.Client
	name string
}

func (b buyer) Start(ctx context.Context) error {
	return b.web.PostJSON(ctx, "/login", map[string]string{"name": b.name}).Err()
}
func (b buyer) buy(ctx context.Context) error {
	return b.web.PostJSON(ctx, "/orders", map[string]int{"item": 7}).Err()
}
func (b buyer) Tasks() []scenario.Task {
	return []scenario.Task{{Name: "list", Weight: 3, Do: browser{b.web}.list}, {Name: "buy", Weight: 1, Do: b.buy}}
}

func shop(web *httpclient.Client, customers *feed.Feed) loadgen.Runner {
	return loadgen.Runner{
		Kinds: []scenario.Kind{
			{Name: "buyer", Weight: 4, Pace: scenario.Between(1*time.Second, 3*time.Second), NewUser: func(env scenario.Env) (scenario.User, error) {
				row, err := customers.Row(env)
				return buyer{web.Session(), row.Get("name")}, err
			}},
			{Name: "browser", Weight: 1, Pace: scenario.Between(2*time.Second, 9*time.Second), NewUser: func(scenario.Env) (scenario.User, error) {
				return browser{web.Session()}, nil
			}},
		},
		Schedule: phase.Schedule{{Name: "day", Stages: phase.Stages{{For: 2 * time.Minute, To: 50}, {For: 10 * time.Minute, To: 50}}}},
	}
}
