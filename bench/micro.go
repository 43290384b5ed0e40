package main

import (
	"encoding/csv"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gensim/load-generator/bench/internal/page"
)

// hot is where the functions are that run for each request, user or second.
var hot = []string{"dist", "scenario", "phase", "report", "report/hist", "report/record", "report/effect", "loadgen", "loadgen/httpclient"}

// micro runs the module's own benchmarks again and again and has benchstat sum
// them up.
func micro(b *bench) error {
	args := []string{
		"test", "-run", "^$", "-bench", ".", "-benchmem", "-timeout", "0",
		"-benchtime", strconv.Itoa(b.seconds*200) + "ms", "-count", strconv.Itoa(b.rounds),
	}
	for _, p := range hot {
		args = append(args, "./"+p)
	}
	cmd := exec.CommandContext(b.ctx, "go", args...)
	cmd.Dir, cmd.Stderr = "..", os.Stderr
	raw, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("go test -bench: %w", err)
	}
	file := filepath.Join(b.dir, "micro.txt")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		return err
	}
	text, err := exec.CommandContext(b.ctx, "go", "tool", "benchstat", "-format", "csv", file).Output()
	if err != nil {
		return fmt.Errorf("benchstat: %w", err)
	}
	t, err := benchmarks(string(text))
	b.tables = append(b.tables, t)
	b.note("Medians as benchstat prints them, ± its 95 %% interval. Further figures are the benchmark's own: its text says what they are.")
	return err
}

// benchmarks makes a row of each benchmark from the CSV of benchstat, which has a
// table for each package and unit.
func benchmarks(text string) (*page.Table, error) {
	t := &page.Table{Head: []string{"benchmark", "time", "B/op", "allocs/op", "further"}}
	row := map[string]int{}
	pkg, unit := "", ""
	for line := range strings.Lines(text) {
		if own, ok := strings.CutPrefix(strings.TrimSpace(line), "pkg: github.com/gensim/load-generator/"); ok {
			pkg = own
			continue
		}
		cells, err := csv.NewReader(strings.NewReader(line)).Read()
		if err != nil || len(cells) < 3 || cells[0] == "geomean" {
			continue // a blank line or a heading
		}
		if cells[0] == "" {
			unit = cells[1]
			continue
		}
		value, err := strconv.ParseFloat(cells[1], 64)
		if err != nil {
			return t, fmt.Errorf("benchstat: %q: %w", line, err)
		}
		name := "`" + pkg + " " + strings.TrimSuffix(cells[0], "-2") + "`"
		if _, known := row[name]; !known {
			row[name] = len(t.Rows)
			t.Add(name, "", "", "", "")
		}
		fill(t.Rows[row[name]], unit, value, cells[2])
	}
	return t, nil
}

// fill puts one figure into its place.
func fill(row []string, unit string, value float64, interval string) {
	switch unit {
	case "sec/op":
		row[1] = time.Duration(value*float64(time.Second)).String() + " ± " + interval
		if value < 1e-6 {
			row[1] = page.Number(value*1e9) + "ns ± " + interval
		}
	case "B/op":
		row[2] = page.Number(value)
	case "allocs/op":
		row[3] = page.Number(value)
	default:
		row[4] = strings.TrimPrefix(row[4]+"; "+page.Number(value)+" "+unit+" ± "+interval, "; ")
	}
}
