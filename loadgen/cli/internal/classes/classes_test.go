package classes

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/scenario"
)

// clerk is a user with hooks.
type clerk struct{ done *[]string }

func (c clerk) Tasks() []scenario.Task {
	return []scenario.Task{{Name: "sort", Weight: 3}, {Name: "file", Weight: 1}}
}
func (c clerk) Start(context.Context) error {
	*c.done = append(*c.done, "start")
	return errors.New("late")
}
func (c clerk) Stop(context.Context) error { *c.done = append(*c.done, "stop"); return nil }
func (c clerk) Operations() []string       { return []string{"GET /"} }

func office(done *[]string) []scenario.Kind {
	as := func(scenario.Env) (scenario.User, error) { return clerk{done}, nil }
	return []scenario.Kind{{Name: "clerk", Weight: 8, NewUser: as}, {Name: "boss", Count: 1, NewUser: as}}
}

func TestConfigure(t *testing.T) {
	var done []string
	configs, err := Parse([]byte(`[{"user_class_name": "clerk", "weight": 0}, {"user_class_name": "boss", "weight": 2, "tasks": ["file"], "host": "http://x/"}, {"user_class_name": "clerk", "fixed_count": 4}]`))
	require.NoError(t, err)
	kinds, err := Configure(office(&done), configs, "http://x")
	require.NoError(t, err)
	assert.Equal(t, 4, kinds[0].Count)
	assert.Zero(t, kinds[0].Weight)
	assert.Equal(t, 2., kinds[1].Weight)
	assert.Zero(t, kinds[1].Count)
	user, err := kinds[1].NewUser(scenario.Env{})
	require.NoError(t, err)
	tasks := user.Tasks()
	assert.Zero(t, tasks[0].Weight)
	assert.Equal(t, 1., tasks[1].Weight)
	assert.EqualError(t, user.(scenario.Starter).Start(t.Context()), "late")
	assert.NoError(t, user.(scenario.Stopper).Stop(t.Context()))
	assert.Equal(t, []string{"start", "stop"}, done)
	assert.Equal(t, []string{"GET /"}, user.(scenario.Operator).Operations())

	assert.NoError(t, configs[1].Check(clerk{}.Tasks()))
	assert.EqualError(t, Config{Class: "boss", Tasks: []string{"file", "sing"}}.Check(clerk{}.Tasks()), `tasks of "boss": unknown task "sing": want sort, file`)
	assert.Nil(t, Equal([]scenario.Kind{{}})[0].NewUser, "the plan refuses it")

	for _, k := range Equal(office(&done)) {
		user, _ := k.NewUser(scenario.Env{})
		assert.Equal(t, user.Tasks()[0].Weight, user.Tasks()[1].Weight)
		assert.Equal(t, k.Count == 0, k.Weight == 1)
	}
	_, err = Configure(office(&done), []Config{{Class: "boss", Count: new(int)}}, "")
	assert.EqualError(t, err, `fixed_count of "boss" is 0, and it has no weight; want one of them`)
}

func TestPick(t *testing.T) {
	kinds, err := Pick(office(nil), []string{"boss"})
	require.NoError(t, err)
	assert.Equal(t, []string{"boss"}, Names(kinds))
	kinds, err = Pick(office(nil), nil)
	require.NoError(t, err)
	assert.Len(t, kinds, 2)
	_, err = Pick(office(nil), []string{"cook"})
	assert.EqualError(t, err, `no kind of users "cook": want clerk, boss`)
	_, err = Pick(office(nil), []string{"boss", "boss"})
	assert.EqualError(t, err, `kind of users "boss" is named twice`)
}

// FuzzParse: what is accepted can be used, whatever the kinds, and what is not is refused in one line.
func FuzzParse(f *testing.F) {
	for _, text := range []string{`{"user_class_name": "clerk", "weight": 0}`, `[]`, `[{"user_class_name": "boss", "fixed_count": 3, "tasks": ["sort"]}]`, `{"a": 1}`, `[[1]]`, `{} {}`, `null`, `[null]`, `"x"`, "1e999"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		configs, err := Parse([]byte(text))
		if err != nil {
			assert.NotContains(t, err.Error(), "\n")
			return
		}
		for _, c := range configs {
			require.NotEmpty(t, c.Class)
		}
		var done []string
		if kinds, err := Configure(office(&done), configs, ""); err == nil {
			assert.Len(t, kinds, 2)
		}
	})
}

func Example() {
	kinds := []scenario.Kind{{Name: "buyer", Weight: 8}, {Name: "browser", Weight: 2}}
	configs, _ := Parse([]byte(`{"user_class_name": "browser", "weight": 8}`))
	kinds, _ = Configure(kinds, configs, "")
	fmt.Println(kinds[1].Weight)
	// Output: 8
}

// What is set later stands in place of what was set before, field by field.
func TestAdd(t *testing.T) {
	var all []Config
	for _, text := range []string{
		`{"user_class_name": "clerk", "weight": 2, "tasks": ["sort"]}`, `{"user_class_name": "boss", "fixed_count": 1}`,
		`{"user_class_name": "clerk", "fixed_count": 3}`, `{"user_class_name": "boss", "weight": 4, "host": "http://x"}`, `{"user_class_name": "clerk", "tasks": ["file"]}`,
	} {
		configs, err := Parse([]byte(text))
		require.NoError(t, err)
		before := slices.Clone(all)
		next := Add(all, configs[0])
		assert.Equal(t, before, all, "the configs there were are unchanged")
		all = next
	}
	text, err := json.Marshal(all)
	require.NoError(t, err)
	assert.Equal(t, `[{"user_class_name":"clerk","fixed_count":3,"tasks":["file"]},{"user_class_name":"boss","weight":4,"host":"http://x"}]`, string(text))
}
