// Package machine reads the operating system's figures of this process and of the
// CPUs that it shares with others. Readings are sums since some instant in the
// past: only their differences mean something. What is unknown is zero. The parsers read any text on any platform.
package machine

import (
	"math"
	"strconv"
	"strings"
)

// Reading is what is read at one instant.
type Reading struct {
	Cores     int     // CPUs that are online; 0: not known
	Busy      float64 // CPU seconds of all processes, interrupts included
	Steal     float64 // CPU seconds that the hypervisor gave to others
	Stalled   float64 // seconds in which some process of the machine waited for a CPU (PSI)
	Periods   float64 // periods of the CPU quotas that hold for this process
	Throttled float64 // of Periods: those in which a quota was used up
}

// Minus returns what happened between two readings; never negative, as the
// counters of some kernels go back a little.
func (r Reading) Minus(o Reading) Reading {
	return Reading{
		Cores: r.Cores, Busy: max(0, r.Busy-o.Busy), Steal: max(0, r.Steal-o.Steal), Stalled: max(0, r.Stalled-o.Stalled),
		Periods: max(0, r.Periods-o.Periods), Throttled: max(0, r.Throttled-o.Throttled),
	}
}

// tick is the unit of /proc/stat for programs, s: the same on every Linux.
const tick = 0.01

// Columns of a CPU in /proc/stat. What guests use is part of user and nice.
const (
	idle     = 3
	ioWait   = 4
	steal    = 7
	ownKinds = 7 // user, nice, system, idle, iowait, irq, softirq
)

// parseStat adds the figures of /proc/stat.
func (r *Reading) parseStat(text string) {
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		switch {
		case len(fields) < 2 || !strings.HasPrefix(fields[0], "cpu"):
		case fields[0] != "cpu":
			r.Cores++
		default:
			r.addCPU(fields[1:])
		}
	}
}

// addCPU adds the columns of all CPUs.
func (r *Reading) addCPU(columns []string) {
	for i, text := range columns {
		v := number(text) * tick
		switch {
		case i == idle || i == ioWait:
		case i < ownKinds:
			r.Busy += v
		case i == steal:
			r.Steal += v
		}
	}
}

// parsePressure adds the figures of /proc/pressure/cpu.
func (r *Reading) parsePressure(text string) {
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, "some "); ok {
			_, total, _ := strings.Cut(rest, "total=")
			r.Stalled += number(strings.TrimSpace(total)) / 1e6
		}
	}
}

// parseThrottling adds the figures of a cgroup's cpu.stat, of either version.
func (r *Reading) parseThrottling(text string) {
	for line := range strings.Lines(text) {
		switch name, count, _ := strings.Cut(strings.TrimSpace(line), " "); name {
		case "nr_periods":
			r.Periods += number(count)
		case "nr_throttled":
			r.Throttled += number(count)
		}
	}
}

// number reads a count; 0 for anything else.
func number(text string) float64 {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0
	}
	return float64(n)
}

// parseQuota reads a cpu.max file, version 2 of cgroups: quota and period in µs,
// or "max". +Inf without a limit.
func parseQuota(text string) float64 {
	quota, period, _ := strings.Cut(strings.TrimSpace(text), " ")
	if cores := number(quota) / number(period); cores > 0 {
		return cores
	}
	return math.Inf(1)
}

// parseOldQuota reads cpu.cfs_quota_us and cpu.cfs_period_us, version 1.
func parseOldQuota(quota, period string) float64 {
	return parseQuota(strings.TrimSpace(quota) + " " + strings.TrimSpace(period))
}

// unlimited is where limits of memory begin to be none: version 1 of cgroups writes
// a number of pages that no machine has, in bytes.
const unlimited = 1 << 60

// parseLimit reads a number of bytes, or "max". +Inf without a limit.
func parseLimit(text string) float64 {
	if bytes := number(strings.TrimSpace(text)); bytes > 0 && bytes < unlimited {
		return bytes
	}
	return math.Inf(1)
}

// parseCounted returns how many of the used bytes of a cgroup count as needed: all but pages of files that were not read
// again of late, by its memory.stat. Kubernetes calls that the working set, and evicts by it. Version 1 has a figure that
// takes in the groups below.
func parseCounted(used, stat string) uint64 {
	idle := 0.
	for line := range strings.Lines(stat) {
		if name, bytes, _ := strings.Cut(strings.TrimSpace(line), " "); name == "inactive_file" || name == "total_inactive_file" {
			idle = max(idle, number(bytes))
		}
	}
	return uint64(max(0, number(strings.TrimSpace(used))-idle))
}

// parseMemory reads /proc/PID/status: "RssAnon:     1234 kB".
func parseMemory(text string) uint64 {
	_, rest, _ := strings.Cut(text, "\nRssAnon:")
	value, _, _ := strings.Cut(strings.TrimLeft(rest, " \t"), " ")
	kilobytes, _ := strconv.ParseUint(value, 10, 54)
	return kilobytes << 10
}

// parseGroups returns the paths of this process in /proc/self/cgroup: of version
// 2, and of a controller of version 1. "" where there is none.
func parseGroups(text, controller string) (unified, own string) {
	for line := range strings.Lines(text) {
		number, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
		kinds, path, ok := strings.Cut(rest, ":")
		switch {
		case !ok:
		case number == "0" && kinds == "":
			unified = path
		case strings.Contains(","+kinds+",", ","+controller+","):
			own = path
		}
	}
	return unified, own
}
