# SPDX-License-Identifier: GPL-2.0
# The entry to everything; "make help" says what there is. The work is done by
# the scripts of tools/testing/kernel, which read these variables.

# In the environment only: to the kernel's makefiles an M= on the command line,
# which make hands down, means a build of modules alone.
MAKEOVERRIDES =
export BASE ARCH DETECTOR CONFIG KSRC M SCRIPT MODULES APPEND CPUS MEM TIMEOUT ONLY FAST MINUTES \
       LIMIT ICOUNT COMPACT PART KERNELS QUICK ROUNDS RECORD OVERLAY QEMU SUITE SIGNOFF \
       CONFIGURE TEST SEED OBJECTS LEAKING HEALTHY

scripts := tools/testing/kernel

targets := demo check check-kernels check-debian kernel modules boot zoo zoo-compare soak \
	   endure fuzz bench plots apply series check-series lint tool fleet-check

.PHONY: help clean install $(targets)

help:
	@cat $(scripts)/help.txt

$(targets):
	@$(scripts)/$@.sh

# An empty variable would not be the default.
install:
	@$(scripts)/install.sh $(foreach name,prefix DESTDIR unitdir textfiles,\
		$(if $($(name)),'$(name)=$($(name))'))

clean:
	rm -rf build
