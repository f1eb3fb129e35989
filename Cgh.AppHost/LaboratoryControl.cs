using System.Globalization;
using System.Net.Http.Json;
using Cgh.Core;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.ServiceDefaults;

namespace Cgh.AppHost;

/// <summary>Commands the running laboratory: the client's side of <see cref="ControlApi"/>.</summary>
/// <param name="address">Address of the laboratory's pages.</param>
/// <param name="access">The key.</param>
internal sealed class LaboratoryControl(string address, LaboratoryAccess access) : IDisposable
{
    // A command starts a trace of its own: this program exports none, so what its own request belongs to would be missing from it.
    private readonly HttpClient _http = new(new SocketsHttpHandler { ActivityHeadersPropagator = null }) { BaseAddress = new Uri(address) };

    /// <summary>Submits a recipe and returns the experiment's id.</summary>
    /// <exception cref="UserErrorException">The laboratory refuses it or is not responding.</exception>
    public Task<string> SubmitAsync(Recipe recipe, CancellationToken cancellationToken) =>
        PostAsync(ControlApi.Experiments, JsonContent.Create(recipe, options: CghJson.Line), "recipe", cancellationToken);

    /// <summary>Queues the stopped runs of an experiment again, and returns their number.</summary>
    /// <exception cref="UserErrorException">There is no such experiment, or the laboratory is not responding.</exception>
    public async Task<int> ResumeAsync(string experiment, CancellationToken cancellationToken)
    {
        var path = ControlApi.ResumeExperiment.Replace("{id}", Uri.EscapeDataString(experiment), StringComparison.Ordinal);
        return int.Parse(await PostAsync(path, content: null, "command", cancellationToken), CultureInfo.InvariantCulture);
    }

    /// <summary>Pauses all queued and running runs, and returns their number.</summary>
    /// <exception cref="UserErrorException">The laboratory is not responding.</exception>
    public async Task<int> PauseQueueAsync(CancellationToken cancellationToken) =>
        int.Parse(await PostAsync(ControlApi.PauseQueue, content: null, "command", cancellationToken), CultureInfo.InvariantCulture);

    /// <summary>Queues all paused runs again, and returns their number.</summary>
    /// <exception cref="UserErrorException">The laboratory is not responding.</exception>
    public async Task<int> ResumeQueueAsync(CancellationToken cancellationToken) =>
        int.Parse(await PostAsync(ControlApi.ResumeQueue, content: null, "command", cancellationToken), CultureInfo.InvariantCulture);

    public void Dispose() => _http.Dispose();

    private async Task<string> PostAsync(string path, HttpContent? content, string sent, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        request.Headers.Add(ControlApi.KeyHeader, access.ControlKey);
        try
        {
            using var response = await _http.SendAsync(request, cancellationToken);
            var answer = await response.Content.ReadAsStringAsync(cancellationToken);
            return response.IsSuccessStatusCode
                ? answer
                : throw new UserErrorException($"The laboratory refused the {sent}: {(answer.Length > 0 ? answer : $"status {(int)response.StatusCode}.")}");
        }
        catch (HttpRequestException error)
        {
            throw UserErrorException.Unreachable($"The laboratory at {_http.BaseAddress} is not responding: {UserText.FirstLine(error)}", error);
        }
    }
}
