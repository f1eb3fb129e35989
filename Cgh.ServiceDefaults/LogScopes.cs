using Cgh.Core.Runs;
using Microsoft.Extensions.Logging;

namespace Cgh.ServiceDefaults;

/// <summary>Scopes that name the experiment and the run of every log entry within them.</summary>
public static class LogScopes
{
    /// <summary>Attribute with the id of an experiment, such as <c>demo-20260101-120000</c>.</summary>
    public const string ExperimentId = "ExperimentId";

    /// <summary>Attribute with the id of a run, such as <c>demo-20260101-120000/rm3</c>.</summary>
    public const string RunId = "RunId";

    public static IDisposable? BeginExperimentScope(this ILogger log, string experiment) =>
        log.BeginScope(new KeyValuePair<string, object?>[] { new(ExperimentId, experiment) });

    public static IDisposable? BeginRunScope(this ILogger log, RunId run) =>
        log.BeginScope(new KeyValuePair<string, object?>[] { new(ExperimentId, run.Experiment), new(RunId, run.ToString()) });
}
