using Cgh.Core.Datasets;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Runs;

namespace Cgh.Core.LabelQuality;

/// <summary>Trains the run behind a report again, on corrected labels.</summary>
public static class Retraining
{
    /// <summary>Name of the run on the corrected labels.</summary>
    public const string Corrected = "corrected";

    /// <summary>Name of the run on the labels in question, if the report's own run was trained on others, such as with planted errors.</summary>
    public const string Given = "given";

    /// <summary>The run whose record the report was made from, wherever it is now.</summary>
    /// <param name="report">The report's summary.</param>
    /// <param name="data">The data folder, in which a run that was moved is looked for.</param>
    public static RunFolder RunOf(LabelReportInfo report, DataFolder data)
    {
        var recorded = new RunFolder(report.Run);
        var path = Path.TrimEndingDirectorySeparator(report.Run);
        var moved = new RunFolder(Path.Combine(data.Experiments, Path.GetFileName(Path.GetDirectoryName(path)) ?? "", Path.GetFileName(path)));
        return !recorded.Exists && moved.Exists ? moved : recorded;
    }

    /// <summary>
    /// Makes the experiment: the same spec on the corrected labels and, if the report's run was trained on other labels than those in question, on these, too.
    /// </summary>
    /// <param name="report">The report's summary.</param>
    /// <param name="dataset">The dataset that it is about.</param>
    /// <param name="labelSet">Name of the corrected label set.</param>
    /// <param name="data">The data folder.</param>
    /// <exception cref="UserErrorException">The report's run is not there, or has not trained.</exception>
    public static Recipe RecipeFor(LabelReportInfo report, Dataset dataset, string labelSet, DataFolder data)
    {
        var spec = RunOf(report, data).Load().Spec;
        if (spec.Derive is not null)
        {
            throw new UserErrorException($"{report.Run} has trained nothing, so it cannot be trained again. Write the report from a run that trains.");
        }

        var folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(dataset.Folder));
        var name = Path.GetDirectoryName(folder) == data.Datasets ? Path.GetFileName(folder) : folder;
        var corrected = spec with { Name = Corrected, Dataset = name, Labels = labelSet };
        return new Recipe
        {
            Name = labelSet,
            Description = $"{spec.Name} trained again on the labels '{labelSet}', which correct '{report.Labels}'.",
            Dataset = new DatasetRequest { Name = name },
            Runs = spec.Labels == report.Labels ? [corrected] : [corrected with { Name = Given, Labels = report.Labels }, corrected],
        };
    }

    /// <summary>
    /// Final top-1 accuracy on the test set, in percent, before and after the correction; null for a run that has not completed or is not there.
    /// </summary>
    /// <param name="report">The report's summary.</param>
    /// <param name="experiment">Id of the experiment that <see cref="RecipeFor"/> made.</param>
    /// <param name="data">The data folder.</param>
    public static (double? Before, double? After) TestAccuracy(LabelReportInfo report, string experiment, DataFolder data)
    {
        var retrained = new ExperimentFolder(data.Experiment(experiment));
        var given = File.Exists(retrained.Record) && CghJson.Load<ExperimentRecord>(retrained.Record).Recipe.Runs.Any(run => run.Name == Given)
            ? retrained.Run(Given)
            : RunOf(report, data);
        return (Final(given), Final(retrained.Run(Corrected)));
    }

    private static double? Final(RunFolder run) => run.Exists ? run.Load().Result?.GetValueOrDefault(Curves.Test)?.Acc1 : null;
}
