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
	eachGroup(func(dir string, _ bool) { r.parseThrottling(file(path.Join(dir, "cpu.stat"))) })
	return r
}

// Quota returns how many cores the cgroups of this process allow; +Inf without a
// limit.
func Quota() float64 {
	limit := math.Inf(1)
	eachGroup(func(dir string, old bool) {
		if old {
			limit = min(limit, parseOldQuota(file(path.Join(dir, "cpu.cfs_quota_us")), file(path.Join(dir, "cpu.cfs_period_us"))))
			return
		}
		limit = min(limit, parseQuota(file(path.Join(dir, "cpu.max"))))
	})
	return limit
}

// root is where cgroups are mounted.
const root = "/sys/fs/cgroup"

// eachGroup calls do with the directories of the CPU controller that hold for
// this process: its own group and those around it. In a container only some of
// them can be seen.
func eachGroup(do func(dir string, old bool)) {
	unified, cpu := parseGroups(file("/proc/self/cgroup"))
	if unified != "" {
		upwards(unified, func(dir string) { do(path.Join(root, dir), false) })
	}
	if cpu != "" {
		upwards(cpu, func(dir string) { do(path.Join(root, "cpu", dir), true) }) // also where it is mounted with cpuacct: a link
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
