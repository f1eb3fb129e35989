using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Cgh.Core;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.RunStore;
using Cgh.ServiceDefaults;

namespace Cgh.Dashboard.Control;

/// <summary>The server's side of <see cref="ControlApi"/>.</summary>
internal static class ControlEndpoints
{
    public static void Map(WebApplication app)
    {
        if (app.Configuration[ControlApi.KeySetting] is not { Length: > 0 } key)
        {
            return;
        }

        var expected = Encoding.UTF8.GetBytes(key);
        // The key stands in for the token against forged requests.
        var control = app.MapGroup("").DisableAntiforgery().AddEndpointFilter(async (context, next) =>
            CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes($"{context.HttpContext.Request.Headers[ControlApi.KeyHeader]}"), expected)
                ? await next(context)
                : TypedResults.StatusCode(StatusCodes.Status401Unauthorized));
        control.MapPost(ControlApi.Experiments, SubmitAsync);
        control.MapPost(ControlApi.ResumeExperiment, ResumeAsync);
        control.MapPost(ControlApi.PauseQueue, async (ExperimentSubmitter submitter, CancellationToken cancellationToken) =>
            (await submitter.PauseQueueAsync(cancellationToken)).Count);
        control.MapPost(ControlApi.ResumeQueue, async (ExperimentSubmitter submitter, CancellationToken cancellationToken) =>
            (await submitter.ResumeQueueAsync(cancellationToken)).Count);
    }

    private static async Task<IResult> SubmitAsync(HttpRequest request, ExperimentSubmitter submitter, CancellationToken cancellationToken)
    {
        Recipe? recipe;
        try
        {
            recipe = await JsonSerializer.DeserializeAsync<Recipe>(request.Body, CghJson.Line, cancellationToken);
        }
        catch (JsonException error)
        {
            return TypedResults.Text(UserText.FirstLine(error), statusCode: StatusCodes.Status400BadRequest);
        }

        if (recipe is null)
        {
            return TypedResults.Text("The request has no recipe.", statusCode: StatusCodes.Status400BadRequest);
        }

        try
        {
            return TypedResults.Text(await submitter.SubmitAsync(recipe, cancellationToken));
        }
        catch (UserErrorException error)
        {
            return TypedResults.Text(error.Message, statusCode: StatusCodes.Status409Conflict);
        }
    }

    private static async Task<IResult> ResumeAsync(string id, ExperimentSubmitter submitter, CancellationToken cancellationToken)
    {
        try
        {
            return TypedResults.Ok((await submitter.ResumeExperimentAsync(id, cancellationToken)).Count);
        }
        catch (UserErrorException error)
        {
            return TypedResults.Text(error.Message, statusCode: StatusCodes.Status409Conflict);
        }
    }
}
