namespace Cgh.ServiceDefaults;

/// <summary>
/// Commands over HTTP, for the program that starts the laboratory's pages. Both sides know a key, which a page in a browser does not: without
/// one in the configuration, the pages have no such addresses.
/// </summary>
public static class ControlApi
{
    /// <summary>The setting with the key.</summary>
    public const string KeySetting = "Control:Key";

    /// <summary>The request header with the key.</summary>
    public const string KeyHeader = "X-Cgh-Control-Key";

    /// <summary>The setting with the name of the instance, which it adds to the response about its health.</summary>
    public const string InstanceSetting = "Control:Instance";

    /// <summary>The response header with the name of the instance: another program may have taken the port meanwhile.</summary>
    public const string InstanceHeader = "X-Cgh-Instance";

    /// <summary>POST a recipe as JSON, with its defaults filled in; the response is the experiment's id as text.</summary>
    public const string Experiments = "/control/experiments";

    /// <summary>POST to queue the stopped runs of an experiment again, whose id replaces <c>{id}</c>; the response is their number.</summary>
    public const string ResumeExperiment = Experiments + "/{id}/resume";

    /// <summary>POST to pause all queued and running runs; the response is their number.</summary>
    public const string PauseQueue = "/control/queue/pause";

    /// <summary>POST to queue all paused runs again; the response is their number.</summary>
    public const string ResumeQueue = "/control/queue/resume";
}
