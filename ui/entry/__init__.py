"""The standby's windows: unlock and first enrolment. The password lives and dies in this process."""
