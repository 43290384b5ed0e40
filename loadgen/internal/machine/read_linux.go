package machine

import (
	"math"
	"os"
	"path"
)

// Read takes a reading.
func Read() (r Reading) {
	r.parseStat(file("/proc/stat"))
	r.parsePressure(file("/proc/pressure/cpu"))
	eachGroup("cpu", func(dir string, _ bool) { r.parseThrottling(file(path.Join(dir, "cpu.stat"))) })
	return r
}

// Quota returns how many cores the cgroups of this process allow; +Inf without a
// limit.
func Quota() float64 {
	limit := math.Inf(1)
	eachGroup("cpu", func(dir string, old bool) {
		if old {
			limit = min(limit, parseOldQuota(file(path.Join(dir, "cpu.cfs_quota_us")), file(path.Join(dir, "cpu.cfs_period_us"))))
			return
		}
		limit = min(limit, parseQuota(file(path.Join(dir, "cpu.max"))))
	})
	return limit
}

// MemoryLimit returns how many bytes of memory the cgroups of this process allow, and how many of them are needed:
// by all processes in the group, as [parseCounted] counts. 0 and 0 without a limit.
func MemoryLimit() (limit, counted uint64) {
	least := math.Inf(1)
	eachGroup("memory", func(dir string, old bool) {
		most, used := "memory.max", "memory.current"
		if old {
			most, used = "memory.limit_in_bytes", "memory.usage_in_bytes"
		}
		if bytes := parseLimit(file(path.Join(dir, most))); bytes < least {
			least = bytes
			counted = parseCounted(file(path.Join(dir, used)), file(path.Join(dir, "memory.stat")))
		}
	})
	if math.IsInf(least, 1) {
		return 0, 0
	}
	return uint64(least), counted
}

// root is where cgroups are mounted.
const root = "/sys/fs/cgroup"

// eachGroup calls do with the directories of a controller that hold for this
// process: its own group and those around it; old ones are of version 1 of cgroups.
// In a container only some of them can be seen.
func eachGroup(controller string, do func(dir string, old bool)) {
	unified, own := parseGroups(file("/proc/self/cgroup"), controller)
	if unified != "" {
		upwards(unified, func(dir string) { do(path.Join(root, dir), false) })
	}
	if own != "" {
		upwards(own, func(dir string) { do(path.Join(root, controller, dir), true) }) // also where it is mounted with cpuacct: a link
	}
}

// upwards calls do with a path and all paths around it.
func upwards(own string, do func(string)) {
	for dir := path.Join("/", own); ; dir = path.Dir(dir) {
		do(dir)
		if dir == "/" {
			return
		}
	}
}

// file is the text of a file; "" if it cannot be read.
func file(name string) string {
	text, err := os.ReadFile(name)
	if err != nil {
		return ""
	}
	return string(text)
}
