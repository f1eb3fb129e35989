namespace Cgh.Trainer.Report;

public static class ExperimentReport
{
    public static object Write(Cgh.Core.Experiments.ExperimentFolder folder) => folder;
}
