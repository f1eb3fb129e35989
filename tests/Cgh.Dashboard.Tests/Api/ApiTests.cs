using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Cgh.Core.Runs;
using Cgh.Dashboard.Tests.Fakes;
using Cgh.RunStore;
using Cgh.ServiceDefaults;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Cgh.Dashboard.Tests.Api;

/// <summary>The HTTP API of the whole dashboard, on an in-memory store and bus.</summary>
public sealed class ApiTests : IAsyncLifetime
{
    private const string Token = "a long token";
    private const string Recipe = """
        {
          "dataset": { "name": "demo", "demo": {} }, "defaults": { "model": "resnet-small", "epochs": 3, "batchSize": 20 },
          "runs": [{ "name": "sgd" }, { "name": "rm3", "rule": "rm3" }]
        }
        """;

    private readonly MemoryRunStore _store = new() { IsFenced = false };
    private readonly TemporaryFolder _folder = new();
    private WebApplication? _app;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Address => _app!.Urls.First();

    public async ValueTask InitializeAsync()
    {
        _app = await StartAsync(Token);
        await _store.AddExperimentAsync(Samples.Experiment, [Samples.Trained(Samples.Sgd), Samples.Run(Samples.Rm3)], Stop);
        await _store.AppendRowsAsync(Samples.Sgd, 1, Curves.Test, 0, [[0, 2000, 4.5, 1.25, 5], [0.1, 2000, 1.0 / 3, 60, 90]], Stop);
    }

    public async ValueTask DisposeAsync()
    {
        await _app!.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Experiments_Read_AreThoseOfTheStoreWithTheirRuns()
    {
        var all = await GetAsync("experiments");
        var one = await GetAsync($"experiments/{Samples.Id}");

        Assert.Equal(Samples.Id, all[0].GetProperty("id").GetString());
        Assert.Equal(Samples.Recipe.Description, one.GetProperty("experiment").GetProperty("recipe").GetProperty("description").GetString());
        Assert.Equal(["sgd", "rm3"], one.GetProperty("runs").EnumerateArray().Select(run => run.GetProperty("spec").GetProperty("name").GetString()));
        Assert.Equal(97.25, (await GetAsync($"runs/{Samples.Sgd}")).GetProperty("latest").GetProperty("pristine").GetProperty("acc1").GetDouble());
    }

    [Fact]
    public async Task Curve_AsCsv_HasTheColumnsAndTheExactNumbersOfTheRunFolder()
    {
        using var http = new HttpClient();

        using var answer = await http.GetAsync($"{Address}/api/runs/{Samples.Sgd}/curves/test?format=csv", Stop);

        Assert.Equal("text/csv; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
        Assert.Equal(
            "epoch,count,loss,acc1,acc5\n0,2000,4.5,1.25,5\n0.1,2000,0.3333333333333333,60,90\n", await answer.Content.ReadAsStringAsync(Stop));
    }

    [Fact]
    public async Task Curve_FromARow_HasOnlyNewRows()
    {
        var curve = await GetAsync($"runs/{Samples.Sgd}/curves/test?from=1");

        Assert.Equal("epoch", curve.GetProperty("columns")[0].GetString());
        Assert.Equal((1, 1), (curve.GetProperty("first").GetInt32(), curve.GetProperty("rows").GetArrayLength()));
        Assert.Equal(60, curve.GetProperty("rows")[0][3].GetDouble());
    }

    [Theory]
    [InlineData("experiments/none", 404, "There is no experiment none.")]
    [InlineData("runs/none/sgd", 404, "There is no run none/sgd.")]
    [InlineData("runs/none/sgd/curves/test", 404, "There is no run none/sgd.")]
    [InlineData("runs/demo-20260101-120000/sgd/curves/other", 404, "There is no curve other. A run can have: train, ")]
    [InlineData("runs/demo-20260101-120000/sgd/curves/test?format=xml", 400, "format must be json or csv (it is xml).")]
    public async Task Read_SomethingThatDoesNotExist_SaysSoInASentence(string path, int status, string expected)
    {
        using var http = new HttpClient();

        using var answer = await http.GetAsync($"{Address}/api/{path}", Stop);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.StartsWith(expected, await DetailAsync(answer), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_RecipeWithTheToken_AddsItsRuns()
    {
        using var answer = await PostAsync("experiments", Recipe);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var id = (await answer.Content.ReadFromJsonAsync<JsonElement>(Stop)).GetProperty("id").GetString()!;
        Assert.Equal(["sgd", "rm3"], (await _store.ListRunsAsync(id, Stop)).Select(run => run.Id.Name));
    }

    [Theory]
    [InlineData("not JSON")]
    [InlineData("null")]
    [InlineData("{ \"dataset\": { \"name\": \"demo\" }, \"runs\": [{ \"name\": \"sgd\", \"rule\": \"rm4\" }] }")]
    public async Task Start_NoValidRecipe_NamesTheFailureAndStartsNothing(string recipe)
    {
        using var answer = await PostAsync("experiments", recipe);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.StartsWith("recipe", await DetailAsync(answer), StringComparison.Ordinal);
        Assert.Single(await _store.ListExperimentsAsync(cancellationToken: Stop));
    }

    [Fact]
    public async Task Command_PauseAndResumeARun_ChangesItsStatus()
    {
        using var paused = await PostAsync($"runs/{Samples.Rm3}/pause", "");
        Assert.Equal(RunStatus.Paused, (await _store.FindRunAsync(Samples.Rm3, Stop))!.Status);

        using var resumed = await PostAsync($"experiments/{Samples.Id}/resume", "");
        Assert.Equal(RunStatus.Queued, (await _store.FindRunAsync(Samples.Rm3, Stop))!.Status);

        using var again = await PostAsync($"runs/{Samples.Rm3}/resume", "");
        Assert.Equal(HttpStatusCode.Conflict, again.StatusCode);
        Assert.NotEmpty(await DetailAsync(again));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("another token")]
    public async Task Post_WithoutTheToken_ChangesNothing(string? token)
    {
        foreach (var path in (string[])["experiments", $"runs/{Samples.Rm3}/pause", $"experiments/{Samples.Id}/cancel"])
        {
            using var answer = await PostAsync(path, Recipe, token);

            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            Assert.Contains("Dashboard:ApiToken", await DetailAsync(answer), StringComparison.Ordinal);
        }

        Assert.Single(await _store.ListExperimentsAsync(cancellationToken: Stop));
        Assert.Equal(RunStatus.Queued, (await _store.FindRunAsync(Samples.Rm3, Stop))!.Status);
    }

    [Fact]
    public async Task Post_NoTokenConfigured_IsRefusedWhateverIsSent()
    {
        await using var app = await StartAsync("");

        using var answer = await PostAsync("experiments", Recipe, "", app);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Contains("Dashboard:ApiToken", await DetailAsync(answer), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Description_Read_HasEveryAddressOfTheApiAndNoOther()
    {
        var paths = (await GetAsync("openapi.json")).GetProperty("paths").EnumerateObject().Select(path => path.Name).Order(StringComparer.Ordinal);

        Assert.Equal(
            [
                "/api/experiments", "/api/experiments/{experiment}", "/api/experiments/{experiment}/cancel", "/api/experiments/{experiment}/pause",
                "/api/experiments/{experiment}/resume", "/api/runs/{experiment}/{run}", "/api/runs/{experiment}/{run}/cancel",
                "/api/runs/{experiment}/{run}/curves/{curve}", "/api/runs/{experiment}/{run}/pause", "/api/runs/{experiment}/{run}/resume",
            ],
            paths);
    }

    [Fact]
    public async Task PythonExample_OfTheDocs_StartsReadsAndCancels()
    {
        await File.WriteAllTextAsync(_folder["recipe.json"], Recipe, Stop);
        await File.WriteAllTextAsync(_folder["example.py"], DocsExample("python"), Stop);
        var start = new ProcessStartInfo("python3", ["example.py"])
        {
            WorkingDirectory = _folder.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["CGH_ADDRESS"] = Address;
        start.Environment["CGH_TOKEN"] = Token;

        using var python = Process.Start(start)!;
        var errors = python.StandardError.ReadToEndAsync(Stop);
        var output = await python.StandardOutput.ReadToEndAsync(Stop);

        Assert.Equal(("sgd queued []\nrm3 queued []\n", ""), (output, await errors));
        var started = (await _store.ListExperimentsAsync(cancellationToken: Stop)).Single(experiment => experiment.Id != Samples.Id);
        Assert.All(await _store.ListRunsAsync(started.Id, Stop), run => Assert.Equal(RunStatus.Cancelled, run.Status));
    }

    [Fact]
    public async Task CSharpExample_OfTheDocs_IsTheCodeBelowAndRuns()
    {
        var source = await File.ReadAllLinesAsync(Path.Combine(Repository(), "tests", "Cgh.Dashboard.Tests", "Api", "ApiExample.cs"), Stop);
        Assert.Contains(DocsExample("csharp"), string.Join('\n', source.Select(line => line.Length > 8 ? line[8..] : "")), StringComparison.Ordinal);
        await File.WriteAllTextAsync(_folder["recipe.json"], Recipe, Stop);

        var evaluations = await ApiExample.RunAsync(Address, Token, _folder["recipe.json"]);

        Assert.Equal([("rm3", 0), ("sgd", 0)], evaluations.Select(run => (run.Key, run.Value)).Order());
    }

    private static string DocsExample(string language) =>
        File.ReadAllText(Path.Combine(Repository(), "docs", "api.md")).Split($"```{language}\n")[1].Split("```")[0];

    private static string Repository()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Cgh.sln")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        return folder;
    }

    private static async Task<string> DetailAsync(HttpResponseMessage answer) =>
        (await answer.Content.ReadFromJsonAsync<JsonElement>(Stop)).GetProperty("detail").GetString()!;

    private async Task<JsonElement> GetAsync(string path)
    {
        using var http = new HttpClient();
        return await http.GetFromJsonAsync<JsonElement>($"{Address}/api/{path}", Stop);
    }

    private async Task<HttpResponseMessage> PostAsync(string path, string body, string? token = Token, WebApplication? app = null)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{(app ?? _app!).Urls.First()}/api/{path}")
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        return await http.SendAsync(request, Stop);
    }

    private async Task<WebApplication> StartAsync(string token)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ApplicationName = "Cgh.Dashboard", ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration["Dashboard:ApiToken"] = token;
        builder.Configuration["Dashboard:Recipes"] = _folder.Path;
        builder.AddServiceDefaults();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<IRunStore>(_store).AddRunStoreParts();
        builder.Services.AddSingleton<ExperimentSubmitter>();
        builder.AddMessageBus(DashboardService.AddConsumers);
        builder.AddDashboard();
        var app = builder.Build();
        app.MapDashboard();
        await app.StartAsync(Stop);
        return app;
    }
}
