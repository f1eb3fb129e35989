using System.Globalization;
using System.Text;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Dashboard.Charts;
using Cgh.Dashboard.Live;
using Cgh.Dashboard.Reports;
using Cgh.RunStore;

namespace Cgh.Dashboard.Compare;

/// <summary>The figures of a comparison as CSV: every evaluation of every run, unsmoothed.</summary>
internal static class CompareCsv
{
    public const string Address = "compare.csv";

    public const string Header = "line,experiment,run,seed,set,epoch,step,count,loss,acc1,acc5";

    public static void Map(WebApplication app) => app.MapGet($"/{Address}", SendAsync);

    internal static async Task<IResult> SendAsync(HttpRequest request, IRunStore store, DatasetClasses classes, CancellationToken cancellationToken)
    {
        try
        {
            var query = CompareQuery.Parse(key => request.Query[key]);
            var model = await CompareModel.LoadAsync([.. request.Query["run"].OfType<string>()], store, classes, cancellationToken);
            if (model.Runs.Count == 0)
            {
                return TypedResults.Text("None of these runs exist. Check the address.", statusCode: StatusCodes.Status404NotFound);
            }

            var curves = new CurveReader(store);
            await curves.ReadAsync(model.Runs, Curves.EvaluationSetsIn(Curves.Known), cancellationToken);
            var text = Make(ComparedLines.Of(model.Runs, query.Group).Lines, curves);
            return TypedResults.File(Encoding.UTF8.GetBytes(text), "text/csv; charset=utf-8", "compare.csv");
        }
        catch (Exception error) when (StoreFailure.Is(error))
        {
            return TypedResults.Text($"{RunStoreFault.Describe(error)} Reload when it responds.", statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }

    internal static string Make(IReadOnlyList<ComparedLine> lines, CurveReader curves)
    {
        var text = new StringBuilder(Header).Append('\n');
        foreach (var line in lines)
        {
            foreach (var run in line.Runs)
            {
                foreach (var set in Curves.EvaluationSetsIn(Curves.Known))
                {
                    foreach (var row in curves.Rows(run.Id, set).Where(row => row[1] > 0))
                    {
                        var step = run.TotalSteps > 0 ? Math.Round(row[0] * run.TotalSteps / run.Spec.Epochs) : double.NaN;
                        text.Append(CsvField.Quoted(line.Name));
                        text.Append(CultureInfo.InvariantCulture, $",{run.Id.Experiment},{run.Id.Name},{run.Spec.Seed},{set},{row[0]},");
                        text.Append(CultureInfo.InvariantCulture, $"{(double.IsNaN(step) ? "" : step)},{row[1]},{row[2]},{row[3]},{row[4]}\n");
                    }
                }
            }
        }

        return text.ToString();
    }
}
