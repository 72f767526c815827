# SPDX-License-Identifier: GPL-2.0
# Draws what "bench.py data" wrote into the directory dir, as svg files in out.

set terminal svg size 840,420 font "sans-serif,13" background "white" dashed
set encoding utf8
set datafile separator "\t"
set style data histograms
set style histogram clustered gap 1.5
set style fill solid 1 noborder
set boxwidth 0.9
set grid ytics lc rgb "#dddddd" lt 1
set border 3 lc rgb "#888888"
set tics nomirror textcolor rgb "#333333"
set xtics scale 0
set key outside top center horizontal reverse Left samplen 1.5 width 2
set bmargin 4
set title font ",15"

off_colour = "#b0b0b0"
ours_colour = "#2b6cb0"
base_colour = "#dd7a2b"

# A factor to read a bar by, above it; the boxes of a cluster of three.
number(x) = x < 9.95 ? sprintf("%.1f", x) : sprintf("%.0f", x)
fine(x) = sprintf("%.2f", x)
at(row, k, of) = row + (k - (of + 1) / 2.0) / (of + 1.5)

set output out."/kmemleak-cost-pair.svg"
set title "kmalloc(64) and kfree: times the cost without a detector"
set logscale y
set yrange [0.8:1000]
set ytics (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
plot dir."/pair" using 2:xtic(1) title "switched off" lc rgb off_colour, \
     "" using 3 title "this detector" lc rgb ours_colour, \
     "" using 4 title "the base's own" lc rgb base_colour, \
     "" using (at($0, 1, 3)):2:(number($2)) with labels offset 0,0.6 font ",11" notitle, \
     "" using (at($0, 2, 3)):3:(number($3)) with labels offset 0,0.6 font ",11" notitle, \
     "" using (at($0, 3, 3)):4:(number($4)) with labels offset 0,0.6 font ",11" notitle

set output out."/kmemleak-cost-syscalls.svg"
set title "System calls on x86-64: times the instructions without a detector"
unset logscale y
set yrange [0.5:*]
set ytics autofreq
plot dir."/syscalls" using 2:xtic(1) title "switched off" lc rgb off_colour, \
     "" using 3 title "this detector" lc rgb ours_colour, \
     "" using 4 title "the base's own" lc rgb base_colour, \
     "" using (at($0, 2, 3)):3:(fine($3)) with labels offset 0,0.6 font ",11" notitle, \
     "" using (at($0, 3, 3)):4:(number($4)) with labels offset 0,0.6 font ",11" notitle

set output out."/kmemleak-cost-memory.svg"
set title "Memory for the records of one object, by its size"
set xlabel "bytes of the object"
set ylabel "bytes of records"
set yrange [0:*]
plot dir."/memory" using 2:xtic(1) title "this detector" lc rgb ours_colour, \
     "" using 3 title "the base's own" lc rgb base_colour, \
     "" using (at($0, 1, 2)):2:(sprintf("%.0f", $2)) with labels offset 0,0.6 font ",11" notitle, \
     "" using (at($0, 2, 2)):3:(sprintf("%.0f", $3)) with labels offset 0,0.6 font ",11" notitle

set output out."/kmemleak-cost-scan.svg"
set title "One scan, one worker"
set xlabel "objects of 64 bytes"
set ylabel "seconds"
set logscale xy
set xrange [70000:6000000]
set yrange [*:*]
set format y "%g"
set xtics ("100,000" 100000, "1 million" 1000000, "4 million" 4000000) scale 1
set key inside top left vertical maxrows 4
plot dir."/scan" using 1:2 with linespoints lc rgb ours_colour pt 7 lw 2 title "held by an array", \
     "" using 1:3 with linespoints lc rgb ours_colour pt 5 lw 2 dt 2 title "randomly linked", \
     "" using 1:4 with linespoints lc rgb ours_colour pt 9 lw 2 dt 4 title "one long list", \
     dir."/boehm" using 1:2 with points lc rgb "black" pt 2 lw 2 title "Boehm collector, linked", \
     dir."/scan" using 1:5 with linespoints lc rgb base_colour pt 7 lw 2 title "the base's own, array", \
     "" using 1:6 with linespoints lc rgb base_colour pt 5 lw 2 dt 2 title "linked", \
     "" using 1:7 with linespoints lc rgb base_colour pt 9 lw 2 dt 4 title "list"
