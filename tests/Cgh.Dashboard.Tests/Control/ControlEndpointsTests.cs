using System.Net;
using System.Text.Json;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Dashboard.Control;
using Cgh.RunStore;
using Cgh.ServiceDefaults;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Cgh.Dashboard.Tests.Control;

public sealed class ControlEndpointsTests
{
    private const string Key = "the key";

    private static readonly Recipe s_recipe = new()
    {
        Name = "demo",
        Dataset = new DatasetRequest { Name = "demo" },
        Runs = [new RunSpec { Name = "sgd", Dataset = "demo", Model = "resnet-small", Epochs = 3, BatchSize = 20 }],
    };

    private readonly MemoryRunStore _store = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Submit_RecipeWithTheKey_AddsTheExperiment()
    {
        await using var app = await StartAsync(Key);

        using var response = await PostAsync(app, Key, JsonSerializer.Serialize(s_recipe, CghJson.Line));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var experiment = await _store.FindExperimentAsync(await response.Content.ReadAsStringAsync(Stop), Stop);
        Assert.Equal(JsonSerializer.Serialize(s_recipe, CghJson.Line), JsonSerializer.Serialize(experiment!.Recipe, CghJson.Line));
    }

    [Theory]
    [InlineData("another key")]
    [InlineData("")]
    public async Task Submit_WithoutTheKey_IsRefused(string key)
    {
        await using var app = await StartAsync(Key);

        using var response = await PostAsync(app, key, JsonSerializer.Serialize(s_recipe, CghJson.Line));

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Empty(await _store.ListExperimentsAsync(cancellationToken: Stop));
    }

    [Theory]
    [InlineData("not JSON")]
    [InlineData("null")]
    [InlineData("{ \"name\": \"demo\" }")]
    public async Task Submit_NoRecipe_SaysSo(string body)
    {
        await using var app = await StartAsync(Key);

        using var response = await PostAsync(app, Key, body);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.NotEmpty(await response.Content.ReadAsStringAsync(Stop));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public async Task Map_NoKeyConfigured_HasNoSuchAddress(string? configured)
    {
        await using var app = await StartAsync(configured);

        using var response = await PostAsync(app, "", JsonSerializer.Serialize(s_recipe, CghJson.Line));

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task PauseAndResumeQueue_ARunIsQueued_AnswerTheNumberOfRuns()
    {
        await using var app = await StartAsync(Key);
        using var submitted = await PostAsync(app, Key, JsonSerializer.Serialize(s_recipe, CghJson.Line));
        var run = new RunId(await submitted.Content.ReadAsStringAsync(Stop), "sgd");

        using var paused = await PostAsync(app, Key, "", ControlApi.PauseQueue);
        Assert.Equal("1", await paused.Content.ReadAsStringAsync(Stop));
        Assert.Equal(RunStatus.Paused, (await _store.FindRunAsync(run, Stop))!.Status);

        using var resumed = await PostAsync(app, Key, "", ControlApi.ResumeQueue);
        Assert.Equal("1", await resumed.Content.ReadAsStringAsync(Stop));
        Assert.Equal(RunStatus.Queued, (await _store.FindRunAsync(run, Stop))!.Status);
    }

    [Fact]
    public async Task Resume_AnExperimentIsPaused_QueuesItsRunsAndAnswersTheirNumber()
    {
        await using var app = await StartAsync(Key);
        using var submitted = await PostAsync(app, Key, JsonSerializer.Serialize(s_recipe, CghJson.Line));
        var id = await submitted.Content.ReadAsStringAsync(Stop);
        using var paused = await PostAsync(app, Key, "", ControlApi.PauseQueue);

        using var resumed = await PostAsync(app, Key, "", ControlApi.ResumeExperiment.Replace("{id}", id, StringComparison.Ordinal));
        using var unknown = await PostAsync(app, Key, "", ControlApi.ResumeExperiment.Replace("{id}", "other", StringComparison.Ordinal));

        Assert.Equal("1", await resumed.Content.ReadAsStringAsync(Stop));
        Assert.Equal(RunStatus.Queued, (await _store.FindRunAsync(new RunId(id, "sgd"), Stop))!.Status);
        Assert.Equal((HttpStatusCode.Conflict, "There is no experiment other."), (unknown.StatusCode, await unknown.Content.ReadAsStringAsync(Stop)));
    }

    [Theory]
    [InlineData(ControlApi.ResumeExperiment)]
    [InlineData(ControlApi.PauseQueue)]
    [InlineData(ControlApi.ResumeQueue)]
    public async Task PauseAndResumeQueue_WithoutTheKey_AreRefused(string address)
    {
        await using var app = await StartAsync(Key);

        using var response = await PostAsync(app, "another key", "", address);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    private static async Task<HttpResponseMessage> PostAsync(WebApplication app, string key, string body, string address = ControlApi.Experiments)
    {
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new StringContent(body) };
        request.Headers.Add(ControlApi.KeyHeader, key);
        return await http.SendAsync(request, Stop);
    }

    private async Task<WebApplication> StartAsync(string? key)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration[ControlApi.KeySetting] = key;
        builder.Services.AddSingleton<IRunStore>(_store).AddRunStoreParts();
        builder.AddMessageBus(_ => { });
        var app = builder.Build();
        ControlEndpoints.Map(app);
        await app.StartAsync(Stop);
        return app;
    }
}
