using Cgh.Core;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.RunStore;
using Microsoft.AspNetCore.Mvc;

namespace Cgh.Dashboard.Api;

/// <summary>An experiment with its runs.</summary>
/// <param name="Experiment">The experiment.</param>
/// <param name="Runs">Its runs, in the recipe's order.</param>
public sealed record ExperimentAnswer(ExperimentState Experiment, IReadOnlyList<RunState> Runs);

/// <summary>A curve.</summary>
/// <param name="Columns">What the columns are.</param>
/// <param name="First">Number of the first row.</param>
/// <param name="Rows">A list of numbers for each evaluation, in the order of the columns.</param>
public sealed record CurveAnswer(IReadOnlyList<string> Columns, int First, IReadOnlyList<double[]> Rows);

/// <summary>The id of an experiment that has been started.</summary>
/// <param name="Id">The id.</param>
public sealed record StartedAnswer(string Id);

/// <summary>The runs that a command was given to.</summary>
/// <param name="Runs">The runs, as EXPERIMENT/RUN.</param>
public sealed record CommandAnswer(IReadOnlyList<RunId> Runs);

/// <summary>
/// What the pages do, for scripts and notebooks: read experiments and curves, start experiments and stop them. Whatever changes something needs the token
/// of the setting <c>Dashboard:ApiToken</c>.
/// </summary>
internal static class ApiEndpoints
{
    private const string Experiment = "/experiments/{experiment}";
    private const string Run = "/runs/{experiment}/{run}";
    private const int MaxExperiments = 200;

    public static void Map(WebApplication app)
    {
        app.MapOpenApi("/api/openapi.json");
        var api = app.MapGroup("/api").WithTags("laboratory");
        api.MapGet("/experiments", async (IExperimentStore store, CancellationToken cancellationToken, [FromQuery] int max = MaxExperiments) =>
                Json(await store.ListExperimentsAsync(Math.Clamp(max, 1, int.MaxValue), cancellationToken)))
            .WithSummary("The experiments, newest first.").Produces<IReadOnlyList<ExperimentState>>();
        api.MapGet(Experiment, FindExperimentAsync)
            .WithSummary("An experiment with its runs.").Produces<ExperimentAnswer>().ProducesProblem(StatusCodes.Status404NotFound);
        api.MapGet(Run, FindRunAsync).WithSummary("A run.").Produces<RunState>().ProducesProblem(StatusCodes.Status404NotFound);
        api.MapGet($"{Run}/curves/{{curve}}", ReadCurveAsync)
            .WithSummary("A curve: train, pristine, corrupt, train_sample, test, and others that some runs have.")
            .WithDescription("JSON, or with format=csv the columns of the run folder's files. from is the number of the first row, to read only new ones.")
            .Produces<CurveAnswer>().Produces<string>(contentType: "text/csv").ProducesProblem(StatusCodes.Status404NotFound);

        var changes = api.MapGroup("").AddEndpointFilter(ApiToken.CheckAsync).ProducesProblem(StatusCodes.Status401Unauthorized)
            .ProducesProblem(StatusCodes.Status403Forbidden).ProducesProblem(StatusCodes.Status409Conflict);
        changes.MapPost("/experiments", StartAsync)
            .WithSummary("Starts the experiment of a recipe, which is the body, as a file of the folder recipes has it.").Accepts<object>("application/json")
            .Produces<StartedAnswer>().ProducesProblem(StatusCodes.Status400BadRequest);
        Command("cancel", submitter => submitter.CancelAsync, submitter => submitter.CancelExperimentAsync);
        Command("pause", submitter => submitter.PauseAsync, submitter => submitter.PauseExperimentAsync);
        Command("resume", submitter => submitter.ResumeAsync, submitter => submitter.ResumeExperimentAsync);

        void Command(
            string name,
            Func<ExperimentSubmitter, Func<RunId, CancellationToken, Task>> ofRun,
            Func<ExperimentSubmitter, Func<string, CancellationToken, Task<IReadOnlyList<RunId>>>> ofExperiment)
        {
            changes.MapPost($"{Run}/{name}", (string experiment, string run, ExperimentSubmitter submitter, CancellationToken cancellationToken) =>
                    GuardAsync(async () =>
                    {
                        var id = new RunId(experiment, run);
                        await ofRun(submitter)(id, cancellationToken);
                        return new CommandAnswer([id]);
                    }))
                .WithSummary($"Asks a run to {name}.").Produces<CommandAnswer>();
            changes.MapPost($"{Experiment}/{name}", (string experiment, ExperimentSubmitter submitter, CancellationToken cancellationToken) =>
                    GuardAsync(async () => new CommandAnswer(await ofExperiment(submitter)(experiment, cancellationToken))))
                .WithSummary($"Asks every run of an experiment to which it applies to {name}.").Produces<CommandAnswer>();
        }
    }

    private static async Task<IResult> FindExperimentAsync(string experiment, IRunStore store, CancellationToken cancellationToken) =>
        await store.FindExperimentAsync(experiment, cancellationToken) is { } found
            ? Json(new ExperimentAnswer(found, await store.ListRunsAsync(experiment, cancellationToken)))
            : Missing($"There is no experiment {UserText.Shortened(experiment)}.");

    private static async Task<IResult> FindRunAsync(string experiment, string run, IRunStateStore store, CancellationToken cancellationToken) =>
        await store.FindRunAsync(new RunId(experiment, run), cancellationToken) is { } found
            ? Json(found)
            : Missing($"There is no run {UserText.Shortened($"{experiment}/{run}")}.");

    private static async Task<IResult> ReadCurveAsync(
        string experiment, string run, string curve, IRunStore store, CancellationToken cancellationToken, int from = 0, string format = "json")
    {
        var id = new RunId(experiment, run);
        if (!Curves.Known.Contains(curve))
        {
            return Missing($"There is no curve {UserText.Shortened(curve)}. A run can have: {string.Join(", ", Curves.Known)}.");
        }

        if (format is not ("json" or "csv"))
        {
            return Problem($"format must be json or csv (it is {UserText.Shortened(format)}).", StatusCodes.Status400BadRequest);
        }

        if (await store.FindRunAsync(id, cancellationToken) is null)
        {
            return Missing($"There is no run {UserText.Shortened($"{id}")}.");
        }

        var rows = await store.ReadRowsAsync(id, curve, Math.Max(0, from), cancellationToken);
        return format == "csv"
            ? TypedResults.Text(CurveCsv.Write(curve, rows.Rows), "text/csv; charset=utf-8")
            : Json(new CurveAnswer(Curves.Header(curve).Split(','), rows.First, rows.Rows));
    }

    private static async Task<IResult> StartAsync(HttpRequest request, ExperimentSubmitter submitter, CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(request.Body);
        var text = await reader.ReadToEndAsync(cancellationToken);
        Recipe recipe;
        try
        {
            recipe = Recipe.Parse(text, "recipe").WithAbsoluteSource();
        }
        catch (UserErrorException error)
        {
            return Problem(error.Message, StatusCodes.Status400BadRequest);
        }

        return await GuardAsync(async () => new StartedAnswer(await submitter.SubmitAsync(recipe, cancellationToken)));
    }

    private static async Task<IResult> GuardAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return Json(await work());
        }
        catch (UserErrorException error)
        {
            return Problem(error.Message, StatusCodes.Status409Conflict);
        }
    }

    private static IResult Json<T>(T value) => TypedResults.Json(value, CghJson.Line);

    private static IResult Missing(string message) => Problem(message, StatusCodes.Status404NotFound);

    internal static IResult Problem(string message, int status) => TypedResults.Problem(detail: message, statusCode: status);
}
