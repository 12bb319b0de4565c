package policy

import "daybook/aging/treat"

type promisesSection struct {
	GraceDays   int32   `yaml:"grace_days" min:"0" max:"92" doc:"Days after the day promised on which money still keeps it."`
	KeptShare   decimal `yaml:"kept_share" min:"0" max:"1" default:"1" doc:"Share of the amount that keeps it."`
	Tolerance   decimal `yaml:"tolerance" min:"0" default:"0" doc:"Amount that it may lack beside, in the policy's currency."`
	HorizonDays int32   `yaml:"horizon_days" min:"0" max:"3660" doc:"Furthest day ahead that may be promised: a promise of a later one is rejected."`
	BrokenMax   int32   `yaml:"broken_max" min:"0" max:"1000" doc:"So many broken promises of the last 180 days, and an open one keeps nobody from contacting. 0: none ever does."`
}

func (t *treatment) promises(x *promisesSection) treat.Promises {
	const path = "collections.promises"
	return treat.Promises{
		GraceDays: int(x.GraceDays), KeptShare: t.rate(path+".kept_share", &x.KeptShare), Tolerance: t.units(path+".tolerance", &x.Tolerance),
		HorizonDays: int(x.HorizonDays), BrokenMax: int(x.BrokenMax),
	}
}
