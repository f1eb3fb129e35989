using System.Runtime.CompilerServices;
using Cgh.Core.LabelQuality;

namespace Cgh.Core.Tests.LabelQuality;

/// <summary>This program as a reviewer that decides until it is killed, instead of running tests.</summary>
internal static class DecidingChild
{
    /// <summary>Environment variable with the folder that has the report and gets the file of acknowledged decisions.</summary>
    public const string Variable = "CGH_TEST_DECIDING_CHILD";

    [ModuleInitializer]
    internal static void RunIfAsked()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { } folder)
        {
            return;
        }

        var review = LabelReview.Open(Path.Combine(folder, "report"), TimeProvider.System);
        for (var i = 0; ; i = (i + 1) % review.Report.Examples)
        {
            var saved = review.Decide(i, "child", i % 2 == 0 ? DecisionKind.Accept : DecisionKind.Keep);
            File.AppendAllText(Path.Combine(folder, "acknowledged"), $"{saved.Sequence}\n");
        }
    }
}
