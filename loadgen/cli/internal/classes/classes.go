// Package classes reads what Locust's users say of user classes, which here are kinds of users.
package classes

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/gensim/load-generator/scenario"
)

// Config is what one object of Locust's --config-users sets of a class.
type Config struct {
	Class  string   `json:"user_class_name"`
	Weight *float64 `json:"weight,omitempty"`
	Count  *int     `json:"fixed_count,omitempty"` // 0: by weight
	Tasks  []string `json:"tasks,omitempty"`       // only these run; nil: all
	Host   string   `json:"host,omitempty"`
}

// Parse reads an object or a list of them.
func Parse(text []byte) (configs []Config, err error) {
	if !json.Valid(text) {
		return nil, errors.New("not valid JSON")
	}
	if text = bytes.TrimSpace(text); text[0] != '[' {
		text = slices.Concat([]byte("["), text, []byte("]"))
	}
	in := json.NewDecoder(bytes.NewReader(text))
	in.DisallowUnknownFields()
	if err := in.Decode(&configs); err != nil {
		return nil, fmt.Errorf("%w; want objects of user_class_name, weight, fixed_count, tasks and host", err)
	}
	if _, err := in.Token(); err != io.EOF {
		return nil, errors.New("more than one JSON value; want one object or one list")
	}
	for i, c := range configs {
		switch {
		case c.Class == "":
			return nil, fmt.Errorf("object %d has no user_class_name", i+1)
		case c.Weight != nil && (!(*c.Weight >= 0) || math.IsInf(*c.Weight, 1)):
			return nil, fmt.Errorf("weight of %q is %v; want a number of at least 0", c.Class, *c.Weight)
		case c.Count != nil && *c.Count < 0:
			return nil, fmt.Errorf("fixed_count of %q is %d; want a whole number of at least 0", c.Class, *c.Count)
		case c.Tasks != nil && len(c.Tasks) == 0:
			return nil, fmt.Errorf("tasks of %q is empty; want at least one task", c.Class)
		}
	}
	return configs, nil
}

// Add returns configs with another one, whose fields stand in place of those of the same class.
func Add(configs []Config, c Config) []Config {
	configs = slices.Clone(configs)
	i := slices.IndexFunc(configs, func(o Config) bool { return o.Class == c.Class })
	if i < 0 {
		return append(configs, c)
	}
	o := &configs[i]
	if c.Weight != nil || c.Count != nil {
		o.Weight, o.Count = c.Weight, c.Count
	}
	if c.Tasks != nil {
		o.Tasks = c.Tasks
	}
	o.Host = cmp.Or(c.Host, o.Host)
	return configs
}

// Pick returns the kinds of these names, in the order of kinds; all if there are no names. The error lists the kinds.
func Pick(kinds []scenario.Kind, names []string) ([]scenario.Kind, error) {
	for i, name := range names {
		if !slices.ContainsFunc(kinds, func(k scenario.Kind) bool { return k.Name == name }) {
			return nil, fmt.Errorf("no kind of users %q: want %s", name, strings.Join(Names(kinds), ", "))
		}
		if slices.Contains(names[:i], name) {
			return nil, fmt.Errorf("kind of users %q is named twice", name)
		}
	}
	if len(names) == 0 {
		return kinds, nil
	}
	return slices.DeleteFunc(slices.Clone(kinds), func(k scenario.Kind) bool { return !slices.Contains(names, k.Name) }), nil
}

// Names are those of kinds.
func Names(kinds []scenario.Kind) (names []string) {
	for _, k := range kinds {
		names = append(names, k.Name)
	}
	return names
}

// Configure returns the kinds with what configs set, the last one first. host is the target, the only one that a class
// may have. It makes no user: whether a class has the tasks is for [Config.Check].
func Configure(kinds []scenario.Kind, configs []Config, host string) ([]scenario.Kind, error) {
	kinds = slices.Clone(kinds)
	for at, c := range configs {
		i := slices.IndexFunc(kinds, func(k scenario.Kind) bool { return k.Name == c.Class })
		if i < 0 {
			return nil, fmt.Errorf("no kind of users %q: want %s", c.Class, strings.Join(Names(kinds), ", "))
		}
		k := &kinds[i]
		switch {
		case c.Host != "" && strings.TrimRight(c.Host, "/") != strings.TrimRight(host, "/"):
			return nil, fmt.Errorf("host of %q is another one than the target; all kinds have the same", c.Class)
		case c.Count != nil && *c.Count > 0:
			k.Count, k.Weight = *c.Count, 0
		case c.Weight != nil:
			k.Weight, k.Count = *c.Weight, 0
		case c.Count != nil && k.Count > 0:
			return nil, fmt.Errorf("fixed_count of %q is 0, and it has no weight; want one of them", c.Class)
		}
		later := func(o Config) bool { return o.Class == c.Class && o.Tasks != nil }
		if c.Tasks != nil && !slices.ContainsFunc(configs[at+1:], later) {
			limit(k, c.Tasks)
		}
	}
	return kinds, nil
}

// limit lets a kind run some of its tasks only; see Config.Check.
func limit(k *scenario.Kind, tasks []string) {
	k.NewUser = weighted(k.NewUser, func(t *scenario.Task) {
		if !slices.Contains(tasks, t.Name) {
			t.Weight = 0
		}
	})
}

// Check returns an error where c names a task that is not among those of its class.
func (c Config) Check(tasks []scenario.Task) error {
	var names []string
	for _, t := range tasks {
		names = append(names, t.Name)
	}
	for _, task := range c.Tasks {
		if !slices.Contains(names, task) {
			return fmt.Errorf("tasks of %q: unknown task %q: want %s", c.Class, task, strings.Join(names, ", "))
		}
	}
	return nil
}

// Equal returns kinds that have the same weight, without a fixed count, and tasks with the same.
func Equal(kinds []scenario.Kind) []scenario.Kind {
	kinds = slices.Clone(kinds)
	for i := range kinds {
		k := &kinds[i]
		if k.Count == 0 {
			k.Weight = 1
		}
		k.NewUser = weighted(k.NewUser, func(t *scenario.Task) { t.Weight = 1 })
	}
	return kinds
}

// weighted makes users whose tasks have other weights; nil of nil.
func weighted(make func(scenario.Env) (scenario.User, error), change func(*scenario.Task)) func(scenario.Env) (scenario.User, error) {
	if make == nil {
		return nil
	}
	return func(env scenario.Env) (scenario.User, error) {
		u, err := make(env)
		if err != nil || u == nil {
			return u, err
		}
		return &user{u, change}, nil
	}
}

// user is a user whose tasks have other weights.
type user struct {
	of     scenario.User
	change func(*scenario.Task)
}

// Tasks implements scenario.User.
func (u *user) Tasks() []scenario.Task {
	tasks := slices.Clone(u.of.Tasks())
	for i := range tasks {
		u.change(&tasks[i])
	}
	return tasks
}

// Start implements scenario.Starter.
func (u *user) Start(ctx context.Context) error {
	if s, ok := u.of.(scenario.Starter); ok {
		return s.Start(ctx)
	}
	return nil
}

// Stop implements scenario.Stopper.
func (u *user) Stop(ctx context.Context) error {
	if s, ok := u.of.(scenario.Stopper); ok {
		return s.Stop(ctx)
	}
	return nil
}

// Operations implements scenario.Operator; nil if the user does not say.
func (u *user) Operations() []string {
	if o, ok := u.of.(scenario.Operator); ok {
		return o.Operations()
	}
	return nil
}
